// want: none
function before_action() {
  return moment('+275760-09-13T00:00:00Z').add(1e15, 'years').format() + moment(1e308).fromNow() + moment.duration(1e308).humanize()
}
