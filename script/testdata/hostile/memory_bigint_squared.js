// want: error or time
function before_action() { let b = 3n; for (;;) b = b ** 3n; }
