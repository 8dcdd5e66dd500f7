// want: error
function before_action() {
  const e = new Error('x'); e.name = 'y'.repeat(20000000); throw e
}
