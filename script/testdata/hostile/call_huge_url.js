// want: output
function before_action() { http_request({ url: 'http://' + 'x'.repeat(2e7) }); }
