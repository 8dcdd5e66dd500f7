// want: none
function before_action() { let n = 0; for (const f of ['setTimeout', 'setInterval', 'queueMicrotask', 'setImmediate', 'structuredClone']) n += typeof globalThis[f] === 'function' ? 1 : 0; return n; }
