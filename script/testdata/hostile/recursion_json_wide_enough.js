// want: depth
function before_action() {
  let a = []; for (let i = 0; i < 600; i++) a = [a]; return a
}
