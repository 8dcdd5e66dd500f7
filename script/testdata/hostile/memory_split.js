// want: memory or time
function before_action() {
  return 'a'.repeat(20000000).split('')
}
