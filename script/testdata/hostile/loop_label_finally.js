// want: time
function before_action() {
  a: while (true) { try { break a; } finally { continue a; } }
}
