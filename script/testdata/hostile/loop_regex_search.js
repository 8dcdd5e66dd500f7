// want: time
function before_action() {
  return ('x'.repeat(40)).search({ [Symbol.search]() { for (;;); } })
}
