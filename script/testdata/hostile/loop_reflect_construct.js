// want: time
function before_action() { return Reflect.construct(function () {}, [], new Proxy(function () {}, { get() { for (;;); } })); }
