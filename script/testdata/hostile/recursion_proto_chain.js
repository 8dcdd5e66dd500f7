// want: error or memory
function before_action() {
  let p = {}; for (let i = 0; i < 1000000; i++) p = Object.create(p); return p.x
}
