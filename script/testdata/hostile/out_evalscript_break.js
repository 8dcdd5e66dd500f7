// want: error
function before_action() {
  eval('}); for(;;){} ({')
}
