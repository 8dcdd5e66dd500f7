// want: error
function before_action() {
  function r() { return JSON.parse('[1]', r); } return r()
}
