// want: memory or error
function before_action() {
  const a = []; for (;;) { const b = new Array(100).fill(1); a.push(() => b) }
}
