// want: any
function before_action() {
  for (;;) new Promise(() => {}).then(() => {})
}
