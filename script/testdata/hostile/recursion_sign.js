// want: error
function before_action() {
  const o = { toString() { return cyclr_sign('HMAC-SHA1', o, 'x'); } }; return cyclr_sign('HMAC-SHA1', o, 'x')
}
