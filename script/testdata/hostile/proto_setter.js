// want: error
function before_action() {
  Object.defineProperty(Object.prototype, 'Name', { set() { for (;;) {} } }); throw new Error('x')
}
