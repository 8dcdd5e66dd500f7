// want: time
function before_action() {
  return /^(\p{L}+\s?)+$/u.test('a'.repeat(60) + '!')
}
