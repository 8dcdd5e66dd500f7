// want: any
function before_action() {
  console.log('x'.repeat(50000000))
}
