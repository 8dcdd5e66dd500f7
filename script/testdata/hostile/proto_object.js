// want: none
function before_action() {
  Object.prototype.toJSON = function () { return 'x' }; Object.prototype.polluted = 1; return true
}
