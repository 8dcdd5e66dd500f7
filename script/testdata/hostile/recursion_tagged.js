// want: error
function before_action() {
  function r() { return r`x`; } return r()
}
