// want: time
function before_action() {
  require({ toString() { for (;;); } })
}
