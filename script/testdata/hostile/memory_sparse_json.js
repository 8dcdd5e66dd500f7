// want: memory or time
function before_action() {
  const a = []; a.length = 2 ** 32 - 1; return JSON.stringify(a).length
}
