// want: none or time
function before_action() {
  return Number('1'.repeat(2e7)) + parseInt('z'.repeat(2e7), 36)
}
