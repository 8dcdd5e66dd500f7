// want: time
function before_action() {
  'a'.repeat(50).replace(/(a|a)*b/g, () => 'x')
}
