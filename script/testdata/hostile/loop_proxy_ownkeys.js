// want: time
function before_action() { method_request = new Proxy({}, { ownKeys() { for (;;); } }); }
