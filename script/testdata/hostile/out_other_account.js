// want: error
function before_action() {
  cyclr_account_id = 'another'; return cyclr_storage_get('k')
}
