// want: error
function before_action() {
  const o = { get url() { return http_request(o); } }; http_request(o)
}
