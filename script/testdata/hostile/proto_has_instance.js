// want: time
function before_action() { Object.defineProperty(Promise, Symbol.hasInstance, { value() { for (;;); } }); return 1; }
