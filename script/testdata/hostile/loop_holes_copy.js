// want: error
function before_action() { const a = []; a.length = 4294967295; a[4294967294] = 1; return [a.toSorted(), a.toReversed(), a.toSpliced(0, 1), a.with(1, 1)].length; }
