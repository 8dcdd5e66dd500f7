// want: time
function before_action() {
  outer: for (let i = 0; ; i++) { inner: do { if (i % 2) continue outer; switch (i) { default: continue inner; } } while (i < 0); }
}
