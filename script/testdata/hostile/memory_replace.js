// want: error or memory or time
function before_action() {
  return 'a'.repeat(5000000).replace(/a/g, '$&$&$&$&$&$&$&$&$&$&$&$&$&$&$&$&$&$&')
}
