// want: error
function before_action() {
  const o = { [Symbol.iterator]() { return [...o][0]; } }; return [...o]
}
