// want: none
const method_request = { get a() { for (;;); } }; let JSON = { stringify() { for (;;); } };
function before_action() { return JSON; }
