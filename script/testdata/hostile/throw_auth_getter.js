// want: time
function before_action() { const e = new AuthRefreshException('x'); Object.defineProperty(e, 'name', { get() { for (;;); } }); throw e; }
