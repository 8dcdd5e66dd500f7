// want: memory or time
function before_action() {
  return Array.from({ length: 2 ** 32 - 1 }, () => 1).length
}
