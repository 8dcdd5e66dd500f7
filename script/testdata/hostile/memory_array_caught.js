// want: time
function before_action() {
  const a = []; for (;;) { try { a.push(new Array(100000).fill(1)) } catch (e) {} }
}
