// want: error
function before_action() { const b = new ArrayBuffer(64), v = new Uint8Array(b); b.transfer(); crypto.getRandomValues(v); return v.length; }
