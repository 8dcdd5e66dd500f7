// want: error
function before_action() {
  Error.prototype.toString = () => { for (;;); }; Error.prototype.name = { toString() { throw 1; } }; throw new Error('x')
}
