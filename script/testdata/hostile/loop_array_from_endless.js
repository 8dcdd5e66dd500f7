// want: time
function before_action() { return Array.from({ length: 4294967295 }, () => undefined).length; }
