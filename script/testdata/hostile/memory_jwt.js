// want: memory or time
function before_action() {
  return paceline.jwt({ a: 'x'.repeat(2e7) }, 'k'.repeat(1e7)).length
}
