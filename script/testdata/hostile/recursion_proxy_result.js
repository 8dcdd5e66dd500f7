// want: error
const h = { get() { return p; }, ownKeys() { return ['a']; }, getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true }; } };
const p = new Proxy({}, h);
function before_action() { return p; }
