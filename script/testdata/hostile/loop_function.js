// want: time
function before_action() {
  new Function('for(;;){}')()
}
