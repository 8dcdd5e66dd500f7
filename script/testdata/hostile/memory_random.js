// want: time
function before_action() {
  return crypto.getRandomValues(new Uint8Array(3e7)).length
}
