// want: error
function before_action() {
  require('fs').readFileSync('/etc/passwd')
}
