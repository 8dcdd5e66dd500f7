// want: time
function before_action() { return JSON.stringify([1], () => { for (;;); }); }
