// want: error
function before_action() { return { get a() { throw new RangeError('no value'); } }; }
