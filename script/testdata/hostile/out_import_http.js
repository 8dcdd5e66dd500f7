// want: error
function before_action() {
  return import('http://127.0.0.1/')
}
