// want: output or memory
function before_action() {
  return '\u20ac'.repeat(4000000)
}
