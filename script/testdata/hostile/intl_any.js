// want: none
function before_action() { const all = typeof Intl === 'undefined' ? ['none'] : Object.getOwnPropertyNames(Intl); for (;;) { try { new Intl.NumberFormat('de-x-' + 'a'.repeat(1e5)).format(1e300); } catch (e) { if (typeof Intl === 'undefined') return all; } 'a'.localeCompare('b'.repeat(1e6)); } }
