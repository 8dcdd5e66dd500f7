// want: memory or error or time
function before_action() {
  return Object.groupBy((function* () { for (let i = 0; ; i++) yield i; })(), (x) => x)
}
