// want: none
function before_action() {
  return JSON.parse('{"__proto__": {"admin": true}, "constructor": {"prototype": {"x": 1}}}')
}
