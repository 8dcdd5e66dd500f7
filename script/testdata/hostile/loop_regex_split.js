// want: time
function before_action() {
  ('a'.repeat(50) + '!').split(/(?:a+)+b/)
}
