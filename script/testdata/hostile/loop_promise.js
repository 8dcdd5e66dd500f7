// want: time
function before_action() {
  function again() { return Promise.resolve().then(again) } return again()
}
