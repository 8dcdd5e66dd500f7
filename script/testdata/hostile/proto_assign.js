// want: time
Object.assign = () => { for (;;); };
function before_action() { http_request({ url: 'http://x/' }); }
