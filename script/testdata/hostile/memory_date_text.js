// want: none
function before_action() {
  return Date.parse('9'.repeat(2e7))
}
