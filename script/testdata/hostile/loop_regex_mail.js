// want: time
function before_action() { return /^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(60)); }
