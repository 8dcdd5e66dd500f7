// want: error
function before_action() {
  const p = Proxy.revocable({}, {}); p.revoke(); return p.proxy
}
