// want: time
function before_action() {
  a: for (;;) { b: for (;;) continue a }
}
