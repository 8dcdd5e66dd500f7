// want: error
function before_action() {
  let s = 'x'; for (;;) s += s
}
