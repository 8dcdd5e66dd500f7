// want: time
function before_action() {
  function* g() { for (;;) { try { yield 1; } catch (e) {} } } const i = g(); i.next(); for (;;) i.throw(1)
}
