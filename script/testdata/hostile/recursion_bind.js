// want: memory
function before_action() {
  let f = () => 1; for (let i = 0; i < 500000; i++) f = f.bind(null); return f()
}
