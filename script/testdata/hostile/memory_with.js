// want: error
function before_action() {
  return Array.prototype.with.call({ length: 2 ** 32 - 1 }, 0, 1).length
}
