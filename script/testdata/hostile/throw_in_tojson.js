// want: error
function before_action() {
  return { toJSON() { throw new RangeError('while it is written'); } }
}
