// want: memory or time
function before_action() {
  const o = {}; o['x'.repeat(30000000)] = 1; o['y'.repeat(30000000)] = 1; return o
}
