// want: error
function before_action() {
  class A { x = new A(); } return new A()
}
