// want: depth
function before_action() { let v = 1; for (let i = 0; i < 600; i++) v = [v]; return v; }
