// want: error or memory or time
function before_action() { let s = new Set(); for (let i = 0; ; i++) { const t = new Set(s); t.add(s); t.add(i); s = t; } }
