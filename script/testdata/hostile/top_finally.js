// want: time
function before_action() { try { for (;;) {} } finally { console.log("after"); return true } }
