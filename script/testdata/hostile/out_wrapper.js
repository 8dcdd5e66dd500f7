// want: error
}); globalThis.polluted = 1; (function () {
function before_action() { return 1; }
