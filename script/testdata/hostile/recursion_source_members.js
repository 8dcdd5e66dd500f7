// want: none
function before_action() {
  const a = {}; a.a = a; return eval('a' + '.a'.repeat(1e6)) === a
}
