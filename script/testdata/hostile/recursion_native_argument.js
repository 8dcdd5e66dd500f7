// want: error
function before_action() { let v = 1; for (let i = 0; i < 20000; i++) v = { v }; return paceline.jwt(v, 'k').length; }
