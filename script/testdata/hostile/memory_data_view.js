// want: memory
function before_action() { const held = []; for (;;) held.push(new DataView(new ArrayBuffer(1 << 20))); }
