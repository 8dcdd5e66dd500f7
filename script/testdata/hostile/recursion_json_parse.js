// want: error
function before_action() {
  return JSON.parse('['.repeat(5000000))
}
