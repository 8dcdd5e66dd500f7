// want: time
function before_action() {
  Array.prototype.copyWithin.call({ length: 2 ** 53 - 1, 0: 1 }, 1, 0)
}
