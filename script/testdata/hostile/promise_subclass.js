// want: time
function before_action() {
  class P extends Promise { static get [Symbol.species]() { for (;;) {} } } return new P(() => {})
}
