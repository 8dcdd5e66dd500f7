// want: error
function before_action() {
  const a = new Uint32Array(8); a.set({ length: 2 ** 53 - 1 }, 0)
}
