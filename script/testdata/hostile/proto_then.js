// want: time
Object.prototype.then = function () { for (;;); };
async function before_action() { return {}; }
