// want: error
function before_action() {
  return Promise.reject({ then() { for (;;); }, toString() { return 'x'; } })
}
