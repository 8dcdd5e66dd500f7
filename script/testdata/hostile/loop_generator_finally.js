// want: none
function* g() { for (;;) { try { yield 1; } finally { for (;;) { try { yield 2; } finally { continue; } } } } }
function before_action() { for (const x of g()) { break; } return 1; }
