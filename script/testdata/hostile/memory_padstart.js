// want: memory
function before_action() {
  'x'.padStart(2 ** 29, 'abc'); 'x'.padEnd(2 ** 30 - 30, 'abc')
}
