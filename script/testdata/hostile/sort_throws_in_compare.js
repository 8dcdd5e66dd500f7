// want: time
function before_action() { const a = Array.from({ length: 1e5 }, (_, i) => ({ valueOf() { a.push(i); throw i; } })); for (;;) { try { a.sort((x, y) => x - y); } catch (e) {} } }
