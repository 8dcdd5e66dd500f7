// want: time
function before_action() { return new Proxy([], { get(t, k) { return k === 'length' ? 4294967295 : k === 'toJSON' ? undefined : 1; } }); }
