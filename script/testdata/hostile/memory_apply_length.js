// want: error or memory
function before_action() {
  return Math.max.apply(null, { length: 2 ** 31 })
}
