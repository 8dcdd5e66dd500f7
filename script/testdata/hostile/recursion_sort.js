// want: error
function before_action() {
  const a = [2, 1]; function f() { a.slice().sort(f) } f()
}
