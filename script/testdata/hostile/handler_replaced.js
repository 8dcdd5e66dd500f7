// want: none
var n = 0;
function before_action() { before_action = () => { for (;;); }; globalThis.before_action = new Proxy(before_action, { apply() { for (;;); } }); return ++n; }
