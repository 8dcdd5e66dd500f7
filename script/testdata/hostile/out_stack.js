// want: none
function before_action() { const s = new Error('x').stack; if (s.includes('/') || s.includes('boot')) for (;;); }
