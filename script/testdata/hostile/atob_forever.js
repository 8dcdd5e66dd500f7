// want: time
function before_action() { let s = 'x'.repeat(1e6); for (;;) { btoa(s, 'UTF-32'); atob(btoa(s, 'UTF-7'), 'UTF-7'); } }
