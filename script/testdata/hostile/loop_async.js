// want: time
function before_action() {
  return (async () => { for (;;) await null })()
}
