// want: time
function before_action() {
  console.log({ get a() { for (;;) {} } })
}
