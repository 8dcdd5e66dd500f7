// want: error or memory
function* g() { yield* g(); }
function before_action() { return [...g()]; }
