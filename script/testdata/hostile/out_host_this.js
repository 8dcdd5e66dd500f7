// want: none
function before_action() { const seen = []; const f = http_request; try { f.call(globalThis, { url: 'file:///etc/passwd' }); } catch (e) { seen.push(e.message); } try { f.caller; } catch (e) { seen.push(e.name); } try { f.arguments; } catch (e) { seen.push(e.name); } return seen; }
