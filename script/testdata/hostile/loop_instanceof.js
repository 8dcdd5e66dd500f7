// want: time
function before_action() {
  return 1 instanceof { [Symbol.hasInstance]() { for (;;); } }
}
