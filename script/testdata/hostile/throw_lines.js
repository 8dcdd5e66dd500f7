// want: error
function before_action() { throw new Error('a\nb\r\n\u2028\u2029\u0085\x1b[31mc\x00d\x7f'); }
