// want: error
function before_action() { const e = new Error('a'); e.stack = '    at x (<eval>:' + '9'.repeat(400) + ':' + '9'.repeat(400) + ')\n'.repeat(100000); throw e; }
