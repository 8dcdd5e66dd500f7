// want: error
function before_action() { return crypto.getRandomValues({ buffer: new ArrayBuffer(8), byteOffset: 0, byteLength: 1e15 }) !== null; }
