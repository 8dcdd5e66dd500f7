// want: storage
function before_action() { for (;;) { try { cycle_storage_increment('k', 1e300); cycle_storage_append('k', 'x'); } catch (e) {} } }
