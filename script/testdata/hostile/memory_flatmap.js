// want: memory or time
function before_action() { let a = [1]; for (;;) a = a.flatMap((x) => [x, x, x, x]); }
