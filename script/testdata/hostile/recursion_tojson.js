// want: any
function before_action() {
  return { toJSON() { return { a: this } } }
}
