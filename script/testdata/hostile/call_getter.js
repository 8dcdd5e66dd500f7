// want: time
function before_action() {
  http_request({ get url() { for (;;) {} } })
}
