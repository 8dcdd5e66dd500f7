// want: memory or error
function before_action() { let s = 'x'.repeat(1e6); for (let i = 0; i < 20; i++) s = btoa(s, 'UTF-32'); return s.length; }
