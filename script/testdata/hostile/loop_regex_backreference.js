// want: time
function before_action() {
  /^(a*)*\1b$/.test('a'.repeat(60))
}
