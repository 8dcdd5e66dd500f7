// want: error
function before_action() {
  return String.fromCodePoint.apply(null, new Uint32Array(1e7)).length
}
