// want: error or memory
function before_action() {
  const e = new Error('out of memory'); e.name = 'InternalError'; throw e
}
