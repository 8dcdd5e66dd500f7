// want: time
function before_action() { const t = { then(r) { r(t); } }; return Promise.resolve(t); }
