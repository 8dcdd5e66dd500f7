// want: time
function before_action() {
  cyclr_storage_get({ toString() { for (;;); } })
}
