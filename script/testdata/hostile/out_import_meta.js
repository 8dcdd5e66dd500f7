// want: error
function before_action() {
  return eval('import.meta.url')
}
