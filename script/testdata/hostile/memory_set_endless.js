// want: memory or error or time
function before_action() {
  return new Set((function* () { for (let i = 0; ; i++) yield i; })()).size
}
