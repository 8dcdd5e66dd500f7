// want: time
function before_action() { return require({ toString() { for (;;); } }); }
