// want: memory or time
function before_action() {
  return new Function('return ' + '1+'.repeat(3000000) + '1')()
}
