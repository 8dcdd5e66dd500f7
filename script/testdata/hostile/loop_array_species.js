// want: time
class A extends Array { static get [Symbol.species]() { return function () { return new Proxy({}, { defineProperty() { for (;;); } }); }; } }
function before_action() { return new A(3).fill(1).map((x) => x); }
