// want: log or time
function before_action() {
  return moment('1'.repeat(1e6), 'YYYY'.repeat(1e4)).isValid() + moment('x'.repeat(5e6)).format()
}
