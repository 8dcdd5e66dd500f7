// want: none
function before_action() { const m = new Map(); m.set(m, m); return m; }
