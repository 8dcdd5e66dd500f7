// want: memory or error
function before_action() {
  let a = [1, 2, 3]; for (;;) a = a.concat(a)
}
