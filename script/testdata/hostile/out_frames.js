// want: none
function before_action() {
  try { null.f(); } catch (e) { if (/boot|worker|\.go|\.js|\//.test(e.stack)) for (;;); }
}
