// want: time
function before_action() {
  return [].concat({ get [Symbol.isConcatSpreadable]() { for (;;); } })
}
