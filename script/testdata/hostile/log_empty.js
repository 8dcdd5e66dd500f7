// want: log or time
function before_action() {
  for (;;) console.log('')
}
