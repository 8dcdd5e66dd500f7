// want: memory
function before_action() {
  return new Function('var ' + 'a'.repeat(1e7) + ' = 1; return ' + 'a'.repeat(1e7))()
}
