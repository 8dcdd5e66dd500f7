// want: time
function before_action() {
  cycle_storage_set('k', { toJSON() { for (;;) {} } })
}
