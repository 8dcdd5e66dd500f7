// want: error
function before_action() {
  let x = 3n; for (;;) x = x * x
}
