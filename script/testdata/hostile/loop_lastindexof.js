// want: time
function before_action() {
  Array.prototype.lastIndexOf.call({ length: 2 ** 53 - 1 }, 1)
}
