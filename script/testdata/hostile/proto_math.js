// want: time
function before_action() {
  Math.min = () => { for (;;); }; return crypto.getRandomValues(new Int8Array(4)).length
}
