// want: none
function before_action() {
  if ((0, eval)('typeof process') !== 'undefined' || new Function('return typeof __host')() !== 'undefined') for (;;);
}
