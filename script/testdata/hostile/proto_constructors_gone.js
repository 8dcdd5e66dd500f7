// want: none
globalThis.String = () => { for (;;); }; globalThis.Object = null; globalThis.Promise = null; globalThis.Error = null;
function before_action() { btoa('x'); return { a: 1 }; }
