// want: time
function before_action() {
  throw Object.assign(new Error('x'), { message: { [Symbol.toPrimitive]() { for (;;); } } })
}
