// want: time
function before_action() { Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: false, value: 'x' }); return paceline.hash('SHA256', 'x'); }
