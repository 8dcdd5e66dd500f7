// want: error or time
function before_action() {
  async function f(n) { if (n > 0) await f(n - 1); for (;;) await 0; } return f(1000)
}
