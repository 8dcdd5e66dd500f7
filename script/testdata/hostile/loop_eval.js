// want: time
function before_action() {
  eval('for(;;){}')
}
