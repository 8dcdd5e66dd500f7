// want: error
function before_action() {
  const p = { get a() { return this.a; } }; class B { get a() { return super.a ?? this.a; } } return new B().a
}
