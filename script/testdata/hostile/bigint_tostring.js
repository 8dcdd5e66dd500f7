// want: error
function before_action() {
  return (1n << 20000000n).toString().length
}
