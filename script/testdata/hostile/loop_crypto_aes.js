// want: time
function before_action() {
  let s = 'x'.repeat(1e6); for (;;) s = CryptoJS.AES.encrypt(s, 'k').toString()
}
