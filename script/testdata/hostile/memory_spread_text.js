// want: none
function before_action() {
  return Object.keys({ ...'x'.repeat(2e7) }).length
}
