// want: none
function before_action() {
  method_request = Object.assign([1, 2], { length: 2, extra: 1 })
}
