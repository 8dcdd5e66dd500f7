// want: none
function before_action() {
  return new Date(NaN)
}
