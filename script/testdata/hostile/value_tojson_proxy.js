// want: time
function before_action() { return { toJSON: new Proxy(function () {}, { apply() { for (;;); } }) }; }
