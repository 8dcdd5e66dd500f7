// want: error
function before_action() { const b = new ArrayBuffer(1 << 20); const a = new Uint8Array(b); b.transfer(); return crypto.getRandomValues(a).length; }
