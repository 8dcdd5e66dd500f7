// want: error
function before_action() { Math.floor = () => NaN; Math.ceil = () => NaN; Array.prototype.slice = function () { return this; }; return CryptoJS.SHA256('x'.repeat(100)).toString(); }
