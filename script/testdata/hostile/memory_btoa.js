// want: memory or time
function before_action() {
  let s = 'x'.repeat(12000000); for (;;) s = btoa(s)
}
