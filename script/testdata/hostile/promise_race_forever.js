// want: time
async function before_action() { const p = new Promise(() => {}); for (;;) { Promise.race([p, 1]); await 0; } }
