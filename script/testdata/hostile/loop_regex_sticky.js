// want: time
function before_action() {
  const r = /(x+x+)+y/y; for (const s = 'x'.repeat(50); ;) { r.lastIndex = 0; r.exec(s); }
}
