// want: none
function before_action() {
  return [-0, 1e308 * 10, 5e-324, 2 ** 53 + 2]
}
