// want: error
function before_action() { const e = new Error('x'); e.stack = '<eval>:1:1\n'.repeat(3e6); throw e; }
