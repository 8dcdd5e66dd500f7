// want: output or memory
function before_action() { const headers = {}; for (let i = 0; i < 1e5; i++) headers['X-' + i] = 'x'.repeat(150); return http_request({ url: 'https://x.example/', headers }); }
