// want: time
function before_action() { const f = () => { try { for (;;); } catch (e) { f(); } finally { f(); } }; f(); }
