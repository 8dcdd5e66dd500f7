// want: time
function before_action() {
  for (let d = new Date(-8.64e15); ; d = new Date(+d)) d.setFullYear(d.getFullYear() + 0)
}
