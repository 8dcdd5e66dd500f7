// want: output or memory
function before_action() {
  return 'x'.repeat(10 * 1024 * 1024)
}
