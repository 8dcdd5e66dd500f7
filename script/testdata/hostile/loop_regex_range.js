// want: time
function before_action() {
  return new RegExp('(?:a{0,3000}){0,3000}b').test('a'.repeat(3000))
}
