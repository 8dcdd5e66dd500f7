// want: error
function before_action() {
  new RegExp('('.repeat(2000000))
}
