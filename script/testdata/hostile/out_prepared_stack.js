// want: none
function before_action() {
  let seen; Error.prepareStackTrace = (e, frames) => { seen = frames; return ''; }; void new Error('x').stack; try { btoa(Symbol('x')); } catch (e) { void e.stack; } for (const f of seen ?? []) { const fn = f.getFunction?.(); if (fn && String(fn).includes('host(')) for (;;); }
}
