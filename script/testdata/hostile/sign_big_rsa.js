// want: time
function before_action() { for (;;) { try { paceline.jwt({ a: 1 }, 'x'.repeat(1e6), 'HS256', { alg: 'none', kid: 'x'.repeat(1e6) }); } catch (e) {} } }
