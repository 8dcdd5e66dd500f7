// want: time
function before_action() { return http_request({ url: { toJSON() { for (;;); } } }); }
