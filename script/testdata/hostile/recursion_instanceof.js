// want: error
function before_action() {
  class A { static [Symbol.hasInstance](x) { return x instanceof A } } return {} instanceof A
}
