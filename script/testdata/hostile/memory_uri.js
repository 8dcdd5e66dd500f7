// want: memory or time
function before_action() {
  let s = '\u20ac'.repeat(3e6); for (let i = 0; i < 4; i++) s = encodeURIComponent(s); return s.length
}
