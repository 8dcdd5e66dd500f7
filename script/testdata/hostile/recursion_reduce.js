// want: error
function before_action() {
  function r() { return [1, 2].reduce(r); } return r()
}
