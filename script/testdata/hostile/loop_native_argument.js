// want: time
function before_action() { return paceline.jwt({ get a() { for (;;); } }, 'k'); }
