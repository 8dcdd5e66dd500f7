// want: memory
function before_action() { return 'i'.repeat(5e6).toLocaleUpperCase().localeCompare('I'.repeat(5e6)); }
