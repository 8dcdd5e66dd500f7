// want: memory or time
function before_action() {
  return atob(btoa('\u20ac'.repeat(3e6), 'UTF-7'), 'UTF-7').length
}
