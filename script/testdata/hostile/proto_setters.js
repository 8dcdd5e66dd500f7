// want: time
for (const n of ['Name', 'Message', 'Stack', 'url', 'data', 'json', '0', '1']) Object.defineProperty(Object.prototype, n, { set() { for (;;); }, get() { return 'p'; }, configurable: true });
function before_action() { http_request({ url: 'x' }); }
