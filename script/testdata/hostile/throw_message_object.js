// want: error
function before_action() {
  const e = new Error('x'); e.message = { toString() { throw 1 } }; throw e
}
