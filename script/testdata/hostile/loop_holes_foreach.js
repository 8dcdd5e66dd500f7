// want: time
function before_action() { const a = []; a.length = 4294967295; a.forEach(() => {}); return a.indexOf(1); }
