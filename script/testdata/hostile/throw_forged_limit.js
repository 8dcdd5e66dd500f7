// want: error
function before_action() {
  throw new RangeError('interrupted')
}
