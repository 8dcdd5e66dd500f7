// want: error or memory or time
async function before_action() { let p = Promise.resolve(); for (;;) p = p.then(() => p); }
