// want: error
function before_action() {
  setTimeout(() => {}, 0)
}
