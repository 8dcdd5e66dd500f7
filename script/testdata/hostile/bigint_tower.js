// want: error or memory
function before_action() {
  return String(2n ** 2n ** 30n).length
}
