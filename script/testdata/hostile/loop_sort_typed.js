// want: time
function before_action() { new Float64Array(1e6).map(Math.random).sort(() => { for (;;); }); }
