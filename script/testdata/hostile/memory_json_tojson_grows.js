// want: memory or error or output or time
function before_action() {
  let n = 0; return { toJSON() { return { a: Array.from({ length: 1000 }, () => ({ toJSON() { return 'x'.repeat(n += 1000); } })) }; } }
}
