// want: time
function before_action() {
  for (;;) { try { throw { toString() { for (;;); } }; } catch ({ a = 1 }) { try { null.x; } catch (e) {} } }
}
