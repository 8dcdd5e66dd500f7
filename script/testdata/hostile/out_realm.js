// want: error
function before_action() { return [typeof ShadowRealm, typeof WebAssembly, typeof navigator, typeof performance, typeof Deno, typeof require('fs')]; }
