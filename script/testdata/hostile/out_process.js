// want: error
function before_action() {
  process.exit(0)
}
