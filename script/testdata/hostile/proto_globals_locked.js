// want: none
function before_action() {
  for (const n of Object.getOwnPropertyNames(globalThis)) { try { Object.defineProperty(globalThis, n, { writable: false, configurable: false }); } catch (e) {} } return 1
}
