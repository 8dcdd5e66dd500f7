// want: memory or time
function before_action() {
  const o = {}; for (let i = 0; ; i++) o['k' + i] = i
}
