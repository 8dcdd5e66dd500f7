// want: none
function before_action() {
  return { [Symbol('a')]: 1, [Symbol.iterator]: 2, a: undefined }
}
