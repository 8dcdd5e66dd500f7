// want: time
function before_action() { return Function('o', 'with (o) { return x }')({ get [Symbol.unscopables]() { for (;;); }, x: 1 }); }
