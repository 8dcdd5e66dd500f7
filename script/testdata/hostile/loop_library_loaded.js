// want: time
function before_action() { const m = moment; moment = undefined; String.prototype.replace = function () { return this + this; }; for (;;) m('2026-01-01').format('YYYY'); }
