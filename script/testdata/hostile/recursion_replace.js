// want: error
function before_action() {
  function r() { return 'a'.replace(/a/, r); } return r()
}
