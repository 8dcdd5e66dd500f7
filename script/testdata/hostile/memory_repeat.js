// want: error
function before_action() {
  'x'.repeat(1 << 30)
}
