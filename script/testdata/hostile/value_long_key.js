// want: none
function before_action() {
  return { ['k'.repeat(1e6)]: 1 }
}
