// want: time
function f() { try { f(); } catch (e) { try { f(); } catch (e) { f(); } } }
function before_action() { for (;;) { try { f(); } catch (e) {} } }
