// want: memory or error
function before_action() {
  return Object.entries('ab'.repeat(5e6)).length
}
