// want: memory
function before_action() { let o = {}; for (let n = 'k'; ; n += n) { o[n] = 1; Object.keys(o); } }
