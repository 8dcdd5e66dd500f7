// want: error
function before_action() {
  function r() { new Map([[1, 1]]).forEach(r); } r()
}
