// want: time
for (;;) {}
function before_action() { return true }
