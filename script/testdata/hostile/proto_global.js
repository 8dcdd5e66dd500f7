// want: time
function before_action() {
  Object.setPrototypeOf(globalThis, new Proxy({}, { get() { for (;;) {} }, has() { return true } })); return nothing_here
}
