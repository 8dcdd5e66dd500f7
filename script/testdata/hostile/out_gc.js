// want: error
function before_action() {
  gc()
}
