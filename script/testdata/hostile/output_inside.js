// want: none
function before_action() {
  return 'x'.repeat(10 * 1024 * 1024 - 2)
}
