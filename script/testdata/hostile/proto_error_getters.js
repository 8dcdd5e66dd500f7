// want: error
function before_action() {
  for (const n of ['name', 'message', 'stack']) Object.defineProperty(Error.prototype, n, { get() { throw new Error('again'); }, configurable: true }); throw new Error('x')
}
