// want: time
function before_action() {
  const o = { get a() { for (;;) {} } }; return o
}
