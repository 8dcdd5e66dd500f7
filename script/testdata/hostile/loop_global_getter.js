// want: time
function before_action() {
  Object.defineProperty(globalThis, 'method_request', { get() { for (;;) {} }, configurable: true }); return true
}
