// want: error
function before_action() {
  'x'.repeat(2 ** 40)
}
