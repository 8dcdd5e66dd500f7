// want: time
function before_action() {
  return /^(?:(?:a?){30}){30}a{900}$/.test('a'.repeat(600))
}
