// want: time
function before_action() {
  Object.defineProperty(method_request_headers, 'X', { enumerable: true, get() { for (;;); } })
}
