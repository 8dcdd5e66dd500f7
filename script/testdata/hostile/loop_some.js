// want: time
function before_action() {
  Array.prototype.some.call({ length: 2 ** 53 - 1, 0: 1 }, () => false)
}
