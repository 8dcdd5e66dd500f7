// want: time
function before_action() { return /^(?<a>(?<b>x+)+\k<b>)+y$/.test('x'.repeat(60)); }
