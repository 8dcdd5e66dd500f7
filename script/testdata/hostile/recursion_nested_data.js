// want: error or memory or time
function before_action() { let a = {}; for (let i = 0; i < 1e6; i++) a = { a }; http_request({ url: 'http://x', data: a }); }
