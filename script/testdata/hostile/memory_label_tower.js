// want: error or time
function before_action() { return eval('a:'.repeat(1) + Array.from({ length: 300000 }, (_, i) => 'l' + i + ':').join('') + ';'); }
