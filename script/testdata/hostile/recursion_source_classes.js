// want: error or memory
function before_action() {
  return eval('class A extends '.repeat(5e4) + 'Object ' + '{}'.repeat(5e4))
}
