// want: memory or time
function before_action() {
  return 'a'.repeat(10000000).match(/a/g)
}
