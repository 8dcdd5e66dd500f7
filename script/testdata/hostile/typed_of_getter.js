// want: error
function before_action() { return new Uint8Array({ get length() { return 2 ** 40; }, get 0() { for (;;); } }); }
