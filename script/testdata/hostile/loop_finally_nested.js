// want: time
function f(n) { try { return n; } finally { if (n < 100) f(n + 1); f(n); } }
function before_action() { for (;;) { try { f(0); } catch (e) {} } }
