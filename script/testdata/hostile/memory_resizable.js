// want: error
function before_action() {
  const b = new ArrayBuffer(8, { maxByteLength: 2 ** 40 }); b.resize(2 ** 31)
}
