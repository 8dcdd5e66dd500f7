// want: memory or error
function before_action() {
  const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))
}
