// want: error
function before_action() {
  new WebAssembly.Module(new Uint8Array(8))
}
