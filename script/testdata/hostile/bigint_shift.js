// want: error or memory
function before_action() { return String(1n << (1n << 40n)).length; }
