// want: none
function before_action() {
  return String(BigInt.asUintN(2 ** 53 - 1, -1n)).length
}
