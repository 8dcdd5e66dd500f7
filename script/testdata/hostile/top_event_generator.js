// want: none
function* before_action() { for (;;) yield 1; }
