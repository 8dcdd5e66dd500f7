// want: log or time
function before_action() {
  return (async () => { for (;;) { await 0; console.log('a line that a promise writes again and again'); } })()
}
