// want: time
function before_action() {
  Uint8Array = function () { for (;;); }; parseInt = () => { for (;;); }; return crypto.getRandomValues(new Int8Array(4))
}
