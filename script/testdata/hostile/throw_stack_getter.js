// want: time
function before_action() { const e = new Error('a'); Object.defineProperty(e, 'stack', { get() { for (;;); } }); throw e; }
