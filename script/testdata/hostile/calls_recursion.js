// want: calls
function before_action() {
  function f() { try { http_request({ url: 'https://example.com' }) } catch (e) { f() } } f()
}
