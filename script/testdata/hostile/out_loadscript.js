// want: error
function before_action() {
  loadScript('/etc/passwd')
}
