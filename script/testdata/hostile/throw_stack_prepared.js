// want: error
Error.prepareStackTrace = () => { for (;;); };
function before_action() { throw new Error('a'); }
