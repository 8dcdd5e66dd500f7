// want: none
async function* before_action() { throw new Proxy({}, { get() { for (;;); } }); }
