// want: time
function before_action() {
  return [].concat({ length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true }, [1]).length
}
