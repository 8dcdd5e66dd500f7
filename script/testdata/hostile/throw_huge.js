// want: error
function before_action() {
  throw new Error('x'.repeat(20000000))
}
