// want: time
function before_action() { throw new Proxy(new Error('x'), { get(t, k) { for (;;); }, getPrototypeOf() { for (;;); } }); }
