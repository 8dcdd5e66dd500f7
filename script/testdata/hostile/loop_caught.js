// want: time
function before_action() {
  for (;;) { try { for (;;) {} } catch (e) {} finally { for (;;) {} } }
}
