// want: time
function before_action() {
  Promise.resolve().then(() => { for (;;) {} }); return new Promise(() => {})
}
