// want: memory or error or time
function before_action() {
  return Uint8Array.from((function* () { for (;;) yield 1; })())
}
