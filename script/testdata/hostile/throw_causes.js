// want: error
function before_action() { let e = new Error('a'); for (let i = 0; i < 1e4; i++) e = new Error('b', { cause: e }); throw e; }
