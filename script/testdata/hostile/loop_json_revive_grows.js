// want: none
function before_action() {
  return JSON.parse('[1]', function (k, v) { if (Array.isArray(this)) this.push(1); return v; })
}
