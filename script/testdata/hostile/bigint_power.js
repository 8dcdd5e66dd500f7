// want: error
function before_action() {
  return String(7n ** 100000000n)
}
