// want: error or memory or time
function before_action() {
  const r = new FinalizationRegistry(() => { for (;;) {} }); for (let i = 0; ; i++) r.register({}, i)
}
