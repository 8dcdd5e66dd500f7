// want: error
function before_action() {
  function f() { return f() + 1 } f()
}
