// want: error
function before_action() {
  return http_request({ url: 'https://x.example', kind: 'done', name: 'cyclr_storage_get', __proto__: { json: true } })
}
