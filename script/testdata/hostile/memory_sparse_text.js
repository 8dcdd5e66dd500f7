// want: time
function before_action() {
  return String(new Array(2 ** 32 - 1)).length
}
