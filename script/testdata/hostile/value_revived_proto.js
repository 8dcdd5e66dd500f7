// want: none
function before_action() {
  method_request = JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{"b":2}}}')
}
