// want: time
function before_action() {
  return new Proxy({}, { get() { for (;;) {} } })
}
