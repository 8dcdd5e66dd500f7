// want: log
function before_action() { for (;;) console.log(); }
