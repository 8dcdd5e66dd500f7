// want: calls
function before_action() {
  return { toJSON() { for (;;) { try { http_request({ url: 'https://x.example' }); } catch (e) {} } } }
}
