// want: memory
function before_action() {
  const a = []; for (;;) { try { a.push(new Float64Array(1 << 18)) } catch (e) { a.push(e) } }
}
