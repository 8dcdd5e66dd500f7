// want: error or memory
function before_action() {
  return eval('if(1)'.repeat(5e5) + ';')
}
