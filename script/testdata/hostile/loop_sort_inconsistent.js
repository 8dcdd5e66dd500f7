// want: none or time
function before_action() {
  let n = 0; return Array.from({ length: 2e5 }, (_, i) => i).sort(() => (n++ % 3) - 1).length
}
