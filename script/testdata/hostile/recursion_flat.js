// want: error or memory
function before_action() { const a = []; a.push(a, a); return a.flat(Infinity); }
