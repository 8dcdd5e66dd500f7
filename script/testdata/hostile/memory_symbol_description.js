// want: memory
function before_action() { const held = []; for (let n = 'k'.repeat(1 << 20), i = 0; ; i++) held.push(Symbol(n + i)); }
