// want: time
function before_action() {
  function* g() { for (;;) yield 1 } for (const x of g()) {}
}
