// want: error
function before_action() {
  eval('('.repeat(2000000))
}
