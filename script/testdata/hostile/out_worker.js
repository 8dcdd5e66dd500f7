// want: error
function before_action() {
  new Worker('x')
}
