// want: none
function before_action() {
  return () => 1
}
