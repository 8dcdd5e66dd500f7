// want: time
function before_action() { Date = function () { return { getTimezoneOffset() { for (;;); }, valueOf() { for (;;); } }; }; Date.now = () => { for (;;); }; return moment().tz('Europe/Berlin').format(); }
