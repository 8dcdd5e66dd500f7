// want: error
function before_action() {
  print('x')
}
