// want: error
function before_action() {
  const o = { get a() { return this.a } }; o.a
}
