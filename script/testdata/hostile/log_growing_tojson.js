// want: log
function before_action() { let s = 'x'; for (;;) console.log({ toJSON() { return (s += s); } }); }
