// want: time
function before_action() {
  return JSON.stringify(new Array(3000000).fill([]), null, 10)
}
