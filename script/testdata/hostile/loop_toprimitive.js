// want: time
function before_action() { return +{ [Symbol.toPrimitive]() { for (;;); } }; }
