// want: time
function before_action() {
  return JSON.stringify({}, new Proxy([], { get(t, k) { return k === 'length' ? 2 ** 53 - 1 : 'a'; } }))
}
