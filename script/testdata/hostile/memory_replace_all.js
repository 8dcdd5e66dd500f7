// want: memory or time
function before_action() { let s = 'a'; for (let i = 0; i < 40; i++) s = s.replaceAll('a', 'aa'); return s; }
