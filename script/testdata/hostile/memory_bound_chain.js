// want: memory or error
function before_action() { let f = () => 1; for (let i = 0;; i++) f = f.bind(null, new Array(1000).fill(i)); }
