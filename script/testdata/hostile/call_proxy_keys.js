// want: time
function before_action() { http_request(new Proxy({}, { ownKeys() { for (;;); } })); }
