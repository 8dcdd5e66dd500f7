// want: memory or time
function before_action() {
  return JSON.parse('[' + '1e999,'.repeat(3e6) + '1]').length
}
