// want: none or time
function before_action() {
  return eval('1,'.repeat(1e6) + '1')
}
