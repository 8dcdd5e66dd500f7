// want: error or memory
function before_action() {
  return eval('1?'.repeat(3e5) + '1' + ':1'.repeat(3e5))
}
