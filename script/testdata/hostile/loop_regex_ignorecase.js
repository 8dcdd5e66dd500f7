// want: time
function before_action() { return /^(\u{10400}+)+\u{10428}\u{1}$/iu.test('\u{10400}'.repeat(60)); }
