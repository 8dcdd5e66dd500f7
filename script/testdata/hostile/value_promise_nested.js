// want: none
async function before_action() { return (async () => (async () => 7)())(); }
