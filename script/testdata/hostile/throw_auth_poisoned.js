// want: time
function before_action() { AuthRefreshException = function () { for (;;); }; throw AuthRefreshException; }
