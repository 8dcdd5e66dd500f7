// want: error
function before_action() {
  return import('data:text/javascript,1')
}
