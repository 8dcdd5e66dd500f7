// want: calls
function before_action() {
  for (;;) { try { http_request({ method: 'GET', url: 'https://example.com' }) } catch (e) {} }
}
