// want: memory
function before_action() { let s = 'x'; for (;;) s = s.padEnd(s.length * 2, s).padStart(s.length * 3, s); }
