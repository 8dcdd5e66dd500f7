// want: any
function before_action() {
  return { then(resolve) { for (;;) {} } }
}
