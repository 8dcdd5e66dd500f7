// want: log
function before_action() {
  console.log(...new Array(3e5).fill('x'))
}
