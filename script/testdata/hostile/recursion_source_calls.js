// want: error
function before_action() {
  return eval('f' + '()'.repeat(1e6) + '=1')
}
