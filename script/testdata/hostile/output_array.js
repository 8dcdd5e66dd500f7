// want: output or memory
function before_action() {
  return new Array(5000000).fill('ab')
}
