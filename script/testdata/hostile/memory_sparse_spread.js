// want: memory or time
function before_action() {
  return [...new Array(2 ** 32 - 1)]
}
