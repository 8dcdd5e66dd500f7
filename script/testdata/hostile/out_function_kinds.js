// want: none
function before_action() { return [Function, (async () => {}).constructor, (function* () {}).constructor, (async function* () {}).constructor].map((F) => { try { return typeof F('return typeof process + typeof std + typeof os + typeof __host + typeof Worker')(); } catch (e) { return e.name; } }); }
