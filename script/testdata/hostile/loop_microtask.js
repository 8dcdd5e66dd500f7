// want: time or error
function before_action() {
  queueMicrotask(function again() { queueMicrotask(again); }); return new Promise(() => {})
}
