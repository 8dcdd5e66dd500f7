// want: memory
function before_action() {
  let b = new ArrayBuffer(8); for (let n = 1e6; ; n *= 2) b = b.transfer(n)
}
