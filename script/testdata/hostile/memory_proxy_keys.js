// want: memory or time
function before_action() { method_request = new Proxy({}, { ownKeys() { const a = []; for (let i = 0; i < 1e7; i++) a.push('k' + i); return a; }, getOwnPropertyDescriptor() { return { value: 1, enumerable: true, configurable: true }; } }); }
