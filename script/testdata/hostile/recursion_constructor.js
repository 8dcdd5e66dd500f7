// want: error
function before_action() {
  class A { constructor() { new this.constructor(); } } return new A()
}
