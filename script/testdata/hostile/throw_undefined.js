// want: error
function before_action() {
  throw undefined
}
