// want: error or time
function before_action() {
  return new Function('var ' + Array.from({ length: 1e5 }, (_, i) => 'a' + i).join() + '; return 1')()
}
