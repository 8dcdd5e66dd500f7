// want: time
function before_action() {
  while (Date.now() > 0) {}
}
