// want: none
function before_action() {
  return 'a\u0000b'
}
