// want: error
function before_action() { return (2n ** 10000000n).toString().length; }
