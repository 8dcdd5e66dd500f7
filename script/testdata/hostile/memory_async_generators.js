// want: memory or error or time
function before_action() {
  const l = []; for (;;) { const g = (async function* () { yield new Array(100).fill(1); })(); g.next(); l.push(g); }
}
