// want: log
function before_action() {
  return { get a() { for (;;) console.log('in a getter, after the function has returned'); } }
}
