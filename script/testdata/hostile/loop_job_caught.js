// want: time
function before_action() {
  Promise.resolve().then(() => { for (;;); }).catch(() => { for (;;); }).finally(() => { for (;;); }); return new Promise(() => {})
}
