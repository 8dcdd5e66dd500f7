// want: time
function before_action() {
  return (async () => await { get then() { for (;;); } })()
}
