// want: error
function before_action() {
  Array.prototype[Symbol.iterator] = null; Object.keys = null; Function.prototype.call = null; String.prototype.slice = null; throw new TypeError('x')
}
