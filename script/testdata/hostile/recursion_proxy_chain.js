// want: error
function before_action() {
  let p = {}; for (let i = 0; i < 200000; i++) p = new Proxy(p, {}); p.a; p.a = 1; Object.keys(p)
}
