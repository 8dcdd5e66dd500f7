// want: time
function before_action() { const r = /a/g; r.exec = () => ({ index: 0, length: 1, 0: '' }); return 'aaa'.replace(r, 'b'); }
