// want: none
function before_action() {
  const o = { a: [] }; o.a.push(o); console.log(o, new Map([[o, o]]), new Error('x')); return 1
}
