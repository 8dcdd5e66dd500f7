// want: time
function* g() { try { yield 1; } finally { for (;;); } }
function before_action() { for (const x of g()) return x; }
