// want: none
for (const k of Object.getOwnPropertyNames(globalThis)) { try { Object.defineProperty(globalThis, k, { value: 1, configurable: false, writable: false }); } catch (e) {} }
function before_action() { return 1; }
