// want: error
function before_action() {
  return (async () => { await 0; throw new TypeError('later'); })()
}
