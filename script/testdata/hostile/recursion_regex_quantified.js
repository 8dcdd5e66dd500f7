// want: error
function before_action() {
  return new RegExp('(a'.repeat(5e3) + '){2}'.repeat(5e3)).test('a')
}
