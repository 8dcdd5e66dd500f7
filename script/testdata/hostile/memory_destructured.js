// want: memory or error or time
function before_action() {
  const [...a] = { [Symbol.iterator]() { return { next() { return { value: 1, done: false }; } }; } }; return a
}
