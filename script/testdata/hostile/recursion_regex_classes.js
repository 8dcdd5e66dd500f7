// want: none
function before_action() {
  return new RegExp('[' + Array.from({ length: 6e4 }, (_, i) => String.fromCharCode(i + 93)).join('').replace(/[\\\]^-]/g, '') + ']').test('b')
}
