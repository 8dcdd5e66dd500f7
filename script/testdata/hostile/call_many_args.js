// want: memory or time
function before_action() {
  cycle_storage_set('k', new Array(4000000).fill(1))
}
