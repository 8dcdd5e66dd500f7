// want: memory or error
function before_action() {
  let s = 'x'.repeat(20000); return s.replace(/x/g, '$`$&').length + s.replaceAll('x', "$'$`").length
}
