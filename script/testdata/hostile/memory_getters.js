// want: error or memory or time
function before_action() {
  const o = {}; for (let i = 0; i < 1e9; i++) Object.defineProperty(o, 'k' + i, { get() { return 1 }, enumerable: true }); return o
}
