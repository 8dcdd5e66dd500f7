// want: time
class P extends Promise { static get [Symbol.species]() { for (;;); } }
function before_action() { return new P((r) => r(1)).then(() => 2); }
