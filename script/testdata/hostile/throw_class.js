// want: error
function before_action() { throw class X extends Error { static get name() { return 'y'; } }; }
