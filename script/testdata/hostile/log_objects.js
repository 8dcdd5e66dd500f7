// want: log
function before_action() { const o = { a: 'x'.repeat(1e6), b: Array(1e5).fill({ c: 1 }) }; for (;;) { console.log(o, o, o); console.error(o); log(o); } }
