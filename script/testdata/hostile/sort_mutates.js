// want: time
function before_action() { const a = Array.from({ length: 1e5 }, (_, i) => i); for (;;) a.sort((x, y) => { a.length = 0; a.push(...Array(100).fill(1)); return Math.random() - 0.5; }); }
