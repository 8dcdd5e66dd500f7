// want: time
RegExp.prototype.exec = function () { return { index: 0, 0: '', length: 1 }; };
function before_action() { return 'abc'.replace(/b/g, 'x'); }
