// want: time
function before_action() { const s = 'x'.repeat(1e6); for (;;) paceline.hash('SHA512', s); }
