// want: error
function before_action() {
  function r() { return JSON.stringify([1], r); } return r()
}
