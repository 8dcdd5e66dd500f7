// want: none
function before_action() {
  Number.prototype.toString = Object.prototype.valueOf = () => { for (;;); }; return { a: 1, b: paceline.uuid() }
}
