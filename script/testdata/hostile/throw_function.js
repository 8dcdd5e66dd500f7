// want: error
function before_action() {
  throw function () {}
}
