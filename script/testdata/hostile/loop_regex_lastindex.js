// want: time
function before_action() {
  const r = /(?:)/g; r.exec = function () { return { index: 0, 0: '', length: 1 }; }; return 'abc'.match(r)
}
