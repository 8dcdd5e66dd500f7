// want: error
function before_action() {
  return fetch('http://127.0.0.1/')
}
