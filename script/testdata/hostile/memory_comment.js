// want: memory or error
function before_action() { return Function('/*' + '*'.repeat(3e7) + '/')(); }
