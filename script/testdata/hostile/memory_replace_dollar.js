// want: memory or time
function before_action() { let s = 'x'.repeat(1e5); for (;;) s = s.replace(/x/g, '$&$&$`$\''); }
