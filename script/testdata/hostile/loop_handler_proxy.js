// want: time
var before_action = new Proxy(function () {}, { apply() { for (;;); } });
