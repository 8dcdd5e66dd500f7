// want: calls
function before_action() {
  return { get a() { for (;;) { try { http_request({ url: 'https://x.example' }); } catch (e) {} } } }
}
