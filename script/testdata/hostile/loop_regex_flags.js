// want: time
function before_action() {
  const r = /a/; Object.defineProperty(r, 'flags', { get() { for (;;); } }); return 'a'.replaceAll(r, 'b')
}
