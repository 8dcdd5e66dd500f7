// want: none
var http_request = 1, console = null, method_request;
function before_action() { return 1 }
