// want: time
function before_action() { Object.defineProperty(Array.prototype, 0, { set() { for (;;); }, get() { for (;;); }, configurable: true }); return [1, method_request]; }
