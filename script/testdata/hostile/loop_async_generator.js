// want: time
async function* g() { for (;;) yield 1; }
async function before_action() { let n = 0; for await (const x of g()) n += x; return n; }
