// want: memory or error
function before_action() { const b = new ArrayBuffer(3e7), l = []; for (;;) l.push(b.slice(0)); }
