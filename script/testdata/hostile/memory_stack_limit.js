// want: error or memory
function before_action() {
  Error.stackTraceLimit = 1e9; function f(n) { if (n === 0) throw new Error('deep'); f(n - 1); } return f(1e6)
}
