// want: error or memory
function before_action() {
  return eval('!'.repeat(1e6) + '1')
}
