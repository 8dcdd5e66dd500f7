// want: error
function before_action() {
  let s = 'ab'; for (let i = 0; i < 40; i++) s = `${s}${s}`; return s.length
}
