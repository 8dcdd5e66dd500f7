// want: none
function before_action() { Array.prototype.push = function () { for (;;); }; return 1; }
