// want: time
function before_action() {
  http_request({ url: 'https://example.com', data: { get a() { for (;;); } } })
}
