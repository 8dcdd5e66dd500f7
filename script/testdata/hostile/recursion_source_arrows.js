// want: error or memory
function before_action() {
  return eval('a=>'.repeat(2e5) + '1')
}
