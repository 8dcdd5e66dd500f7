// want: error
function before_action() {
  return BigInt('9'.repeat(3000000)) % 7n === 0n
}
