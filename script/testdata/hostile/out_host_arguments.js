// want: error
function before_action() {
  return btoa.arguments[0] + btoa.caller
}
