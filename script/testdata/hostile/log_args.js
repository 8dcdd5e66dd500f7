// want: log or error
function before_action() {
  console.log(...new Array(3e5).fill('x'))
}
