// want: error
function before_action() {
  eval('['.repeat(100000) + ']'.repeat(100000))
}
