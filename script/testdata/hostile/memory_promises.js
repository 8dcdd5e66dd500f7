// want: time
function before_action() {
  for (;;) new Promise(() => {}).then(() => {})
}
