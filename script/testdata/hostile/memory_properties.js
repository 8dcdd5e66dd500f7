// want: memory or error
function before_action() {
  const o = {}; for (let i = 0; ; i++) o['k' + i] = i
}
