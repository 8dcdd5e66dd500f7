// want: output or memory
function before_action() { cyclr_storage_set('k', 'x'.repeat(12e6)); }
