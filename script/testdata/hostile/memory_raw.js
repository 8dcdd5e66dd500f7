// want: time
function before_action() {
  return String.raw({ raw: { length: 2 ** 53 - 1 } }).length
}
