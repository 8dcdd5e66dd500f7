// want: error or time
function before_action() {
  let a = []; for (let i = 0; i < 400000; i++) a = [a]; return a
}
