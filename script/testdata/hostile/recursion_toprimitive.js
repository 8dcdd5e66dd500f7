// want: error
function before_action() {
  const o = { [Symbol.toPrimitive]() { return `${o}`; } }; return String(o)
}
