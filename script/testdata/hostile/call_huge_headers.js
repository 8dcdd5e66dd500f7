// want: memory or time
function before_action() { const h = {}; for (let i = 0; i < 1e6; i++) h['h' + i] = 'x'; http_request({ url: 'http://x', headers: h }); }
