// want: time
function before_action() {
  throw new (class extends Error { get message() { for (;;); } })()
}
