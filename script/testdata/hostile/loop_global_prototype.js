// want: none
Object.setPrototypeOf(globalThis, new Proxy({}, { get() { for (;;); }, has() { return true; } }));
function before_action() { return 1; }
