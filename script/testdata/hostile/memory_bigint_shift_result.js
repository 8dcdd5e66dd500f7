// want: error
function before_action() { return String((1n << 40000000n) * (1n << 40000000n)).length; }
