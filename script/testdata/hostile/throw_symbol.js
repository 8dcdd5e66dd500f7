// want: error
function before_action() {
  throw Symbol('x')
}
