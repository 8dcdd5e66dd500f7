// want: time
Date.now = () => 0;
function before_action() { while (new Date(Date.now()) < 1); }
