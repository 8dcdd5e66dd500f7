// want: none
function before_action() {
  http_request = btoa = atob = cyclr_sign = cyclr_csv_parse = require = () => ({ status_code: 200 }); console = null; log = null; return http_request({}).status_code
}
