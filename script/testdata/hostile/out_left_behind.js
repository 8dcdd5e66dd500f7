// want: none
function before_action() { if (typeof left !== 'undefined') for (;;); globalThis.left = 1; }
