// want: time
function before_action() {
  for (;;) {}
}
