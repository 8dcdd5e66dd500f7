// want: time
function before_action() { return Object.fromEntries({ [Symbol.iterator]: () => ({ next: () => ({ value: ['a', 1], done: false }) }) }); }
