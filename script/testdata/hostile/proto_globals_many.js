// want: none or time
function before_action() {
  for (let i = 0; i < 3e5; i++) globalThis['g' + i] = i
}
