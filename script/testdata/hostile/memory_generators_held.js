// want: memory or error
function before_action() { const l = []; for (;;) { const g = (function* () { const a = new Array(1000).fill(1); yield a; })(); g.next(); l.push(g); } }
