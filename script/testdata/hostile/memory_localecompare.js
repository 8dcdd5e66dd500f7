// want: time
function before_action() {
  const a = 'e\u0301'.repeat(2e6), b = '\u00e9'.repeat(2e6); let n = 0; for (let i = 0; i < 50; i++) n += a.localeCompare(b); return n
}
