// want: none
function before_action() {
  for (const k of Object.getOwnPropertyNames(globalThis)) { try { delete globalThis[k] } catch (e) {} } return 1
}
