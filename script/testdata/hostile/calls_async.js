// want: calls
function before_action() {
  return Promise.all(Array.from({ length: 60 }, async () => { try { return http_request({}) } catch (e) { return 1 } }))
}
