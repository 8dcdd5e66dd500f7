// want: memory or error
function before_action() {
  function* g() { yield* g() } const a = []; for (;;) { const i = g(); a.push(i) }
}
