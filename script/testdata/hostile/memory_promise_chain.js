// want: any
async function before_action() { let p = Promise.resolve(); for (;;) p = p.then(() => p); }
