// want: error or time
function before_action() { let e = []; for (let i = 0; i < 1e5; i++) e = new AggregateError([e], 'm'); throw e; }
