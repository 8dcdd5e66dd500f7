// want: log
function before_action() {
  console.log('x'.repeat(300 * 1024))
}
