// want: any
function before_action() {
  return 'a'.repeat(20000000).split('')
}
