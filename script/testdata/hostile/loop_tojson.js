// want: time
function before_action() {
  return { toJSON() { for (;;) {} } }
}
