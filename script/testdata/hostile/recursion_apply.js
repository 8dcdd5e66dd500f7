// want: error
function before_action() {
  Math.max.apply(null, new Array(5000000))
}
