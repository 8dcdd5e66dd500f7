// want: time
function before_action() { const a = new Float64Array(1 << 22); for (;;) { a.copyWithin(1, 0); a.set(a, 0); a.subarray(1).set(a.subarray(0, -1)); a.fill(NaN); } }
