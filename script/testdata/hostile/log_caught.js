// want: log
function before_action() {
  for (;;) { try { console.log('x'.repeat(1000)) } catch (e) {} }
}
