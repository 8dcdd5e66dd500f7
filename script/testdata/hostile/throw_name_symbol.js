// want: error
function before_action() { const e = new Error('x'); e.name = Symbol('x'); e.message = Symbol('y'); e.stack = Symbol('z'); throw e; }
