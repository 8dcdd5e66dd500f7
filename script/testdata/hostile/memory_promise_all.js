// want: memory or error or time
function before_action() {
  return Promise.all((function* () { for (;;) yield 1; })())
}
