// want: error or none
function before_action() {
  const o = { toJSON() { console.log(o); return 1; } }; console.log(o)
}
