// want: time
function before_action() { Object.defineProperty(Error, Symbol.hasInstance, { value() { for (;;); } }); throw { a: 1 }; }
