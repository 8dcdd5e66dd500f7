// want: none
Promise.prototype.then = function () { for (;;); };
async function before_action() { await 1; return 1; }
