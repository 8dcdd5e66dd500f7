// want: none
function before_action() {
  const a = []; for (let i = 0; i < 1000; i++) a.push(i); a.sort(() => Math.random() - 0.5); return true
}
