// want: error or memory or time
function before_action() {
  return JSON.parse('[' + '{},'.repeat(5000000) + '{}]').length
}
