// want: time
async function before_action() { Object.prototype.then = function (r) { for (;;); }; return {}; }
