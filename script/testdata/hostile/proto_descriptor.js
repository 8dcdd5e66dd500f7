// want: none
function before_action() { Object.prototype.get = () => { for (;;); }; Object.prototype.set = () => {}; Object.prototype.value = 7; Object.prototype.toJSON = undefined; return paceline.uuid().length; }
