// want: none
function before_action() { console.log(Symbol('a'), undefined, () => 1, 1n, new Proxy({}, { ownKeys() { throw 1; } })); }
