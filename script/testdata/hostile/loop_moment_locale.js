// want: time
function before_action() {
  moment.updateLocale('en', { months: () => { for (;;); } }); return moment.utc(0).format('MMMM')
}
