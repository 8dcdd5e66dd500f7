// want: none
function before_action() {
  return moment.tz('9999999-01-01', 'YYYYYYY-MM-DD', 'Europe/Berlin').format() + moment.tz(-8.64e15, 'America/New_York').format()
}
