// want: error
await new Promise(() => {});
function before_action() { return true }
