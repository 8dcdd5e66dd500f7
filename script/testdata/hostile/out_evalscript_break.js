// want: any
function before_action() {
  eval('}); for(;;){} ({')
}
