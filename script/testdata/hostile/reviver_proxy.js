// want: time
function before_action() { return JSON.parse('{"a":{"b":1}}', function (k, v) { return k === 'b' ? new Proxy({}, { ownKeys() { for (;;); } }) : v; }); }
