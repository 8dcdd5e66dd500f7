// want: output or memory
function before_action() {
  return '\u0001'.repeat(3000000)
}
