// want: time
function before_action() {
  const f = () => 1; f.toString = () => { for (;;); }; console.log(f)
}
