// want: log
function before_action() { for (;;) console.log(...Array(60000).fill('x')); }
