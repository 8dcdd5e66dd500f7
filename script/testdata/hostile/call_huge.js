// want: output or time
function before_action() {
  http_request({ url: 'https://example.com', data: 'x'.repeat(20000000) })
}
