// want: error
function before_action() {
  return import('/proc/self/environ')
}
