// want: error
function before_action() {
  throw 42
}
