// want: time
function before_action() {
  const a = new Int32Array(2e6); for (;;) { for (let i = 0; i < a.length; i++) a[i] = -i; a.sort(); }
}
