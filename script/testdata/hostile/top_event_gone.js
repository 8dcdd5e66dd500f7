// want: none
function before_action() { before_action = null; globalThis.method_request = undefined; delete globalThis.method_request_headers; return 5; }
