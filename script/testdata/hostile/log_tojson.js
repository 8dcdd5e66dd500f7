// want: log
function before_action() { for (;;) console.log({ toJSON() { return 'x'.repeat(1000); } }); }
