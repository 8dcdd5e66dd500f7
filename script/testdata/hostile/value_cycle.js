// want: error
function before_action() {
  const a = {}; a.a = a; return a
}
