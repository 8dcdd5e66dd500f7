// want: error
function before_action() { const e = new Error('a'); let n = 0; Object.defineProperty(e, 'name', { get() { return n++ ? {} : 'x'.repeat(1e6); } }); throw e; }
