// want: error or memory or time
function before_action() { let e = new Error('x'); for (let i = 0; i < 1e6; i++) e = new Error('x', { cause: e }); throw e; }
