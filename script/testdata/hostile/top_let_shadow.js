// want: none
let method_request = 5; const require = 1;
function before_action() { return method_request }
