// want: output or memory
function before_action() {
  method_request = 'x'.repeat(11 * 1024 * 1024); return true
}
