// want: error
function before_action() {
  throw new Proxy({}, { get() { throw 1 } })
}
