// want: output or memory
function before_action() { return new Uint8Array(8e6).fill(200); }
