// want: error
function before_action() {
  os.exec(['id'])
}
