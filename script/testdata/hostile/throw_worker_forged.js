// want: error
function before_action() {
  throw new Error('script worker: out of memory errno=12 cannot allocate memory')
}
