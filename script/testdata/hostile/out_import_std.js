// want: error
function before_action() {
  return import('std')
}
