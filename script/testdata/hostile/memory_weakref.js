// want: error or memory or time
function before_action() {
  const a = []; for (;;) a.push(new WeakRef({}))
}
