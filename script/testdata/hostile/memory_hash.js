// want: time
function before_action() {
  const s = 'x'.repeat(20000000); for (;;) paceline.hash('SHA512', s)
}
