// want: error
function before_action() {
  function r() { return new Promise(r); } return r()
}
