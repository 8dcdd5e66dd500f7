// want: time
function before_action() {
  throw { get name() { for (;;); }, message: 'x' }
}
