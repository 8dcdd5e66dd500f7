// want: error
function before_action() {
  let o = []; for (let i = 0; i < 1e5; i++) o = [o]; cyclr_storage_set('k', o)
}
