// want: error
function before_action() {
  return eval(Array.from({ length: 1e4 }, (_, i) => 'l' + i + ':').join('') + '1')
}
