// want: none
function before_action() { return [typeof Atomics, typeof SharedArrayBuffer, (() => { try { return new Function('return new SharedArrayBuffer(1)')(); } catch (e) { return e.name; } })()]; }
