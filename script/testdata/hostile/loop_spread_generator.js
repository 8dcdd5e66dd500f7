// want: memory or time
function before_action() {
  function* g() { for (;;) yield 1 } return [...g()]
}
