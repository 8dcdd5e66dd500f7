// want: memory or error or time
function before_action() {
  async function f() { f(); await f(); } return f()
}
