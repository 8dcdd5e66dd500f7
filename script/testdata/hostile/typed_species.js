// want: memory
function before_action() { class T extends Uint8Array { static get [Symbol.species]() { return function (n) { return new Uint8Array(2 ** 31 - 1); }; } } return new T(10).map((x) => x).length; }
