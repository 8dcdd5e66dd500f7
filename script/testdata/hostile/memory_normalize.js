// want: memory
function before_action() {
  return '\ufdfa'.repeat(5000000).normalize('NFKD').length
}
