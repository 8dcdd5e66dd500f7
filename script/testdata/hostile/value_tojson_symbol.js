// want: none
function before_action() { return { toJSON() { return { toJSON() { return Symbol('x'); } }; }, get [Symbol.toStringTag]() { for (;;); } }; }
