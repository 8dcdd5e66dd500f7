// want: calls
function before_action() { for (;;) { try { http_request({ url: 'http://x' }); } catch (e) {} } }
