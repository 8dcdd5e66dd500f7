// want: error or time
function before_action() {
  let x = 1n; for (let i = 1n; ; i++) x *= i
}
