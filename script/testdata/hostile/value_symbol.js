// want: none
function before_action() {
  return Symbol('x')
}
