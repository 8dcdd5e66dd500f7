// want: error or time
function before_action() { const a = { toJSON() { return { a: [a] }; } }; return a; }
