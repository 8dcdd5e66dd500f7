// want: none
function before_action() {
  return /(?<=^(a+)+)b$/.test('a'.repeat(60) + 'c')
}
