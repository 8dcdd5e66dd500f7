// want: error
function before_action() {
  return scriptArgs
}
