// want: none or time
function before_action() {
  return new Function('x', 'switch (x) {' + Array.from({ length: 2e5 }, (_, i) => 'case ' + i + ': ').join('') + '}')(1)
}
