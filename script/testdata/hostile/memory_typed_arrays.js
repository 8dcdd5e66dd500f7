// want: memory
function before_action() { const a = []; for (let i = 0; i < 1000; i++) a.push(new Uint8Array(1e6).fill(i)); return a.length; }
