// want: memory or error or time
function before_action() {
  return Array.fromAsync((function* () { for (;;) yield 1; })())
}
