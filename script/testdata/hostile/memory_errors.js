// want: memory or time
function before_action() {
  const a = []; for (;;) a.push(new Error('x'.repeat(1000)))
}
