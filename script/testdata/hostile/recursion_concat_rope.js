// want: time
function before_action() {
  let s = ''; for (let i = 0; i < 300000; i++) s = 'a' + s + 'b'; return s.length
}
