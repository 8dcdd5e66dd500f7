// want: time
Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1; };
function before_action() { console.log('a', 'b'); return btoa('x'); }
