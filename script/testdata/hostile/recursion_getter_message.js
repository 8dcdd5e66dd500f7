// want: error
function before_action() { class E extends Error { get message() { throw new E(); } } throw new E(); }
