// want: error
function before_action() {
  return new Function(Array.from({ length: 7e4 }, (_, i) => 'a' + i).join(), 'return 1')()
}
