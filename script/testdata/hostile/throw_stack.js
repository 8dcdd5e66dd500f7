// want: error
function before_action() {
  const e = new Error('x'); e.stack = '    at x (<eval>:999999999999999999:1)\n'.repeat(100000); throw e
}
