// want: log
function before_action() {
  for (;;) console.log('a line of the log')
}
