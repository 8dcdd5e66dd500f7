// want: time
function before_action() { const r = /a/; r.constructor = { [Symbol.species]: function () { return { exec() { for (;;); } }; } }; return 'aaa'.split(r); }
