// want: time
function before_action() { for (;;) { try { cyclr_sign('RSA-SHA512', '-----BEGIN PRIVATE KEY-----\n' + 'A'.repeat(5e6) + '\n-----END PRIVATE KEY-----', 'x'); } catch (e) {} } }
