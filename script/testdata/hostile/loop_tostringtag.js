// want: time
function before_action() {
  return Object.prototype.toString.call({ get [Symbol.toStringTag]() { for (;;); } })
}
