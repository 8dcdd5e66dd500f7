// want: time
function before_action() {
  cyclr_sign('HMAC-SHA256', { [Symbol.toPrimitive]() { for (;;); } }, 'x')
}
