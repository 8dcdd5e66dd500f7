// want: error or none or memory
function before_action() {
  return new RegExp('(?='.repeat(1e5) + 'a' + ')'.repeat(1e5)).test('a')
}
