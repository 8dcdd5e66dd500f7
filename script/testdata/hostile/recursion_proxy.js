// want: error
function before_action() {
  const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.a
}
