// want: error
function before_action() { cyclr_storage_get(Symbol('a')); }
