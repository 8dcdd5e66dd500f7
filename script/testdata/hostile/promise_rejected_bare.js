// want: error
function before_action() {
  return Promise.reject()
}
