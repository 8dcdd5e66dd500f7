// want: time
function before_action() { for (;;) { try { return 1; } finally { continue; } } }
