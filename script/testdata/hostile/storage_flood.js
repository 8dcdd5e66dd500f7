// want: storage
function before_action() {
  for (;;) { try { cycle_storage_get('x') } catch (e) {} }
}
