// want: time
async function before_action() { await null; for (;;); }
