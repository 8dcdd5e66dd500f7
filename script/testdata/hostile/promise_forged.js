// want: none
function before_action() {
  return { then(resolve) { for (;;) {} } }
}
