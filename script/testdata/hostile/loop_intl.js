// want: time
function before_action() {
  for (;;) (12345.678).toLocaleString('de', { style: 'currency', currency: 'EUR' }) + new Date().toLocaleString('en')
}
