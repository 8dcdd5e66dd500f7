// want: memory or time
function before_action() {
  let s = '\u20ac'.repeat(5e6); for (let i = 0; i < 3; i++) s = escape(s); return s.length
}
