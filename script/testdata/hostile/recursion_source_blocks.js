// want: error or memory
function before_action() {
  return eval('{'.repeat(2e5) + '}'.repeat(2e5))
}
