// want: time
function before_action() {
  throw { toString() { for (;;) {} }, get message() { for (;;) {} } }
}
