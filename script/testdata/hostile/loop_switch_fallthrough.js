// want: time
function before_action() { outer: for (;;) { try { switch (1) { case 1: try { break outer; } finally { continue outer; } } } finally { continue outer; } } }
