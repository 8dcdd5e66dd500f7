// want: memory
function before_action() {
  new ArrayBuffer(1 << 30)
}
