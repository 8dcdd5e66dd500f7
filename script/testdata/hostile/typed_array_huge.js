// want: error or memory
function before_action() { return new Float64Array(2 ** 32).length; }
