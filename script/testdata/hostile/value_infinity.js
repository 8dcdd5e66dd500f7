// want: none
function before_action() {
  return -Infinity
}
