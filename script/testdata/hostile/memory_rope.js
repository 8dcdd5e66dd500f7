// want: time
function before_action() {
  let s = ''; for (let i = 0; i < 1e7; i++) s += i; return s.charCodeAt(5e6)
}
