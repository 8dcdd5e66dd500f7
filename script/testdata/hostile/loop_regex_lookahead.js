// want: time
function before_action() {
  /^(?=(a+))*(a|a)*$/.test('a'.repeat(60) + 'b')
}
