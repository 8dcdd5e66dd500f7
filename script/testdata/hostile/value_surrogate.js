// want: none
function before_action() {
  return ['\ud800', '\udc00x', { '\ud801': 1 }]
}
