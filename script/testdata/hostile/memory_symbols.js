// want: memory or error
function before_action() {
  const a = []; for (let i = 0; ; i++) a.push(Symbol.for('k' + i))
}
