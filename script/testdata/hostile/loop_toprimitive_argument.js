// want: time
function before_action() { btoa({ [Symbol.toPrimitive]() { for (;;); } }); }
