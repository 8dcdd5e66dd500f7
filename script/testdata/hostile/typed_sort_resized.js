// want: time
function before_action() { const b = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 20 }); const a = new Uint8Array(b); a.sort((x, y) => { b.resize(b.byteLength === 16 ? 1 << 20 : 16); return y - x; }); return a.length; }
