// want: memory or time
function before_action() {
  return { toJSON() { return 'x'.repeat(60000000) } }
}
