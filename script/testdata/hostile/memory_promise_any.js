// want: error or memory or time
async function before_action() { return Promise.any(Array.from({ length: 5e6 }, (_, i) => Promise.reject(new Error('x' + i)))); }
