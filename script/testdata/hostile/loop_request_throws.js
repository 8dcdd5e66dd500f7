// want: time
function before_action() {
  http_request({ get url() { throw { toString() { for (;;); }, get message() { for (;;); } }; } })
}
