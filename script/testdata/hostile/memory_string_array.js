// want: memory or error
function before_action() {
  const a = []; for (let i = 0; ; i++) a.push('x'.repeat(100000) + i)
}
