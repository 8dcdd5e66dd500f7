// want: time
function before_action() {
  Object.setPrototypeOf(method_request, { toJSON() { for (;;); } })
}
