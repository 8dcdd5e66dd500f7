// want: time
function before_action() {
  Array.prototype.join.call({ length: 2 ** 53 - 1 }, '')
}
