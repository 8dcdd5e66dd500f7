// want: none
function before_action() {
  Object.freeze(globalThis); Object.freeze(Object.prototype); return true
}
