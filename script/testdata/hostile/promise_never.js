// want: error
function before_action() {
  return new Promise(() => {})
}
