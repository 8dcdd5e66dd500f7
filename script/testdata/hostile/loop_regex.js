// want: time
function before_action() {
  /^(a+)+$/.test('a'.repeat(40) + 'b')
}
