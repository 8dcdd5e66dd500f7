// want: error
function before_action() {
  return Array.prototype.toSorted.call({ length: 2 ** 32 - 1 }).length
}
