// want: error
function before_action() {
  return (0, console.log.constructor)('return process')()
}
