// want: none
function before_action() {
  return (function () { return arguments.callee.caller })()
}
