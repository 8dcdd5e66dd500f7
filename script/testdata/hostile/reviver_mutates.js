// want: error
function before_action() { return JSON.parse('[1,2,3]', function (k, v) { if (Array.isArray(v)) return v; this[+k + 1] = [this]; return v; }); }
