// want: time
Object.setPrototypeOf(globalThis, new Proxy({}, { has() { for (;;); }, get() { for (;;); } }));
function before_action() { return nothing_known; }
