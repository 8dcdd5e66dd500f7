// want: error
function before_action() {
  Atomics.wait(new Int32Array(8), 0, 0)
}
