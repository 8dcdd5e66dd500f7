// want: time
function before_action() { const d = new Date(8.64e15); for (;;) { d.setMonth(d.getMonth() + 1e9); d.toLocaleString(); Date.parse('x'.repeat(1e5)); } }
