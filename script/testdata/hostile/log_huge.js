// want: error
function before_action() {
  console.log('x'.repeat(50000000))
}
