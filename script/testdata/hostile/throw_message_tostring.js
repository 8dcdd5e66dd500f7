// want: time
function before_action() { const e = new Error('x'); Object.defineProperty(e, 'message', { value: { toString() { for (;;); } } }); throw e; }
