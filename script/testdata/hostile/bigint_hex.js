// want: error
function before_action() {
  return (BigInt('0x' + 'f'.repeat(5e6)) * BigInt('0x' + 'e'.repeat(5e6))).toString(7).length
}
