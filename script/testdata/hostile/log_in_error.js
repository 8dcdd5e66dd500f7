// want: log
function before_action() {
  throw { get message() { for (;;) console.log('while the error is told of, which is long after the function'); } }
}
