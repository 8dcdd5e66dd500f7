// want: any
function before_action() {
  return 'a'.repeat(10000000).match(/a/g)
}
