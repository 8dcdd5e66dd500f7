// want: error
function before_action() {
  throw new AggregateError(Array.from({ length: 1e5 }, (_, i) => new Error('e' + i)), 'many')
}
