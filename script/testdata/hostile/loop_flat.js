// want: time
function before_action() {
  const a = []; a.length = 2 ** 32 - 1; a.flat(Infinity)
}
