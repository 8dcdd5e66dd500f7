// want: error
function before_action() {
  std.open('/etc/passwd', 'r')
}
