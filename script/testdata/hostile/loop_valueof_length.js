// want: time
function before_action() {
  Array.from({ get length() { for (;;) {} } })
}
