// want: error
function before_action() {
  http_request.caller.caller
}
