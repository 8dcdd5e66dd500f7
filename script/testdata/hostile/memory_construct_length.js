// want: error
function before_action() {
  return Reflect.construct(Array, { length: 1e8 }).length
}
