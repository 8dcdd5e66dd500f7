// want: error
function before_action() {
  return { toJSON() { return { a: this } } }
}
