// want: error
function before_action() {
  return import('os').then((os) => os.readdir('/'))
}
