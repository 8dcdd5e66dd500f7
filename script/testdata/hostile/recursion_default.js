// want: error
function before_action() {
  function r(x = r()) { return x; } return r()
}
