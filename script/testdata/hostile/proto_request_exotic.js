// want: time
function before_action() {
  method_request = Object.create(new Proxy({}, { get() { for (;;); }, has() { for (;;); } })); method_request.a = 1
}
