// want: time
function before_action() { for (;;) { try { const [x] = { [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }), return() { throw 1; } }) }; } catch (e) { continue; } } }
