// want: error
function before_action() {
  return 1n
}
