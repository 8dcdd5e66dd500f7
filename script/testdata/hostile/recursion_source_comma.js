// want: any
function before_action() {
  return eval('1,'.repeat(1e6) + '1')
}
