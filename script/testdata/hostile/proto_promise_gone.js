// want: none
async function before_action() { Promise = function () { for (;;); }; Object.defineProperty(globalThis, 'Promise', { get() { for (;;); } }); return await 1; }
