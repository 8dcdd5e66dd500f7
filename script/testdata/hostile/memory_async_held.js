// want: memory or error or time
function before_action() {
  const l = []; for (;;) l.push((async () => { const a = new Array(1000).fill(1); await new Promise(() => {}); return a; })())
}
