// want: none
function before_action() { const n = ['process', 'Deno', 'Bun', 'std', 'os', 'bjs', 'scriptArgs', 'print', 'load', '__loadScript', 'WebAssembly', 'fetch', 'XMLHttpRequest', 'setTimeout', 'performance', 'navigator', '__host', 'Atomics', 'SharedArrayBuffer'].filter((n) => n in globalThis); if (n.length) for (;;); }
