// want: none
function before_action() { return /(?<=(x+x+)+\1)y/.exec('x'.repeat(80) + 'z'); }
