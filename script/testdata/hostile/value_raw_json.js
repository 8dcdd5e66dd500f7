// want: none
function before_action() { return JSON.rawJSON ? JSON.rawJSON('1') : 1; }
