// want: error
function before_action() {
  return bjson.read(new ArrayBuffer(8), 0, 8, 1)
}
