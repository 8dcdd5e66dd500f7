// want: time
function before_action() { for (;;) { try { cyclr_storage_get('k'.repeat(1e7)); } catch (e) {} } }
