// want: error
function before_action() {
  new RegExp('('.repeat(60000) + ')'.repeat(60000)).test('a')
}
