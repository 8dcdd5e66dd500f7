// want: time
function before_action() {
  return Iterator.from({ next() { return { done: false, value: 1 }; } }).find(() => false)
}
