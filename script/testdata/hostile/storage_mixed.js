// want: storage
function before_action() {
  for (let i = 0; ; i++) { try { [cyclr_storage_get, cycle_storage_list_keys, cyclr_storage_delete_all][i % 3]('k'); } catch (e) {} }
}
