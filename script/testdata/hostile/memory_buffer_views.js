// want: memory
function before_action() {
  const l = []; for (let i = 0; i < 1e6; i++) { const b = new ArrayBuffer(1e5, { maxByteLength: 1e6 }); b.resize(1e6); l.push(new DataView(b)); }
}
