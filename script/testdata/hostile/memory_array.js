// want: memory or error
function before_action() {
  const a = []; for (;;) a.push(new Array(1000).fill(1))
}
