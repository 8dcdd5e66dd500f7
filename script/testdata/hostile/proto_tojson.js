// want: time
Object.prototype.toJSON = function () { for (;;); };
function before_action() { return {}; }
