// want: memory or error
function before_action() {
  let s = 'ab'; for (;;) s = s.replace(/./g, () => s + s)
}
