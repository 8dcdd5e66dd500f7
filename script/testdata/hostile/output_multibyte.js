// want: output or time
function before_action() {
  return '\u20ac'.repeat(4000000)
}
