// want: error or time
function before_action() {
  let o = []; for (let i = 0; i < 1e5; i++) o = [o]; return paceline.csv([[o]])
}
