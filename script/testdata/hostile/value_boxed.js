// want: time
function before_action() { return [Object(1n), Object(Symbol()), new String({ toString() { for (;;); } })]; }
