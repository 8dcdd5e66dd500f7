// want: time
function before_action() {
  function f() { try { f() } catch (e) { f() } } f()
}
