// want: none
function before_action() {
  method_request.__proto__ = { polluted: 1 }; Object.setPrototypeOf(method_request_headers, Array.prototype); return true
}
