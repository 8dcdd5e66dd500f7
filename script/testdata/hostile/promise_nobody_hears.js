// want: none
function before_action() { Promise.reject(new Error('nobody hears this')); return 1; }
