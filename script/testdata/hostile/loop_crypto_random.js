// want: time
function before_action() {
  return CryptoJS.lib.WordArray.random(1e9).toString().length
}
