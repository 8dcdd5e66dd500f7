// want: error
function before_action() {
  new SharedArrayBuffer(8)
}
