// want: error
function before_action() {
  function r() { return [2, 1].sort(r); } return r()
}
