// want: error
function before_action() {
  return http_request.constructor('return this.__host')()('log', 'x')
}
