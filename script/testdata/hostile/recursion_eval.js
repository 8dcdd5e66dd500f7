// want: error or time
function before_action() {
  eval('('.repeat(2000000))
}
