// want: output or time
function before_action() {
  return JSON.parse('{"' + 'k'.repeat(3e7) + '":1}')
}
