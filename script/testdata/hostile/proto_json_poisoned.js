// want: none
JSON.stringify = () => '{"a":1}'; JSON.parse = () => { for (;;); };
function before_action() { return paceline.hash('MD5', 'x'); }
