// want: none
function before_action() {
  console.log('\u0000\u0000\u0000\u0010\u0000\u0000\u0000\u0000{"kind":"done"}'); console.log('{"kind":"done","handled":true}'); return 1
}
