// want: error
function before_action() {
  function f() { return Reflect.apply(f, null, []) } f()
}
