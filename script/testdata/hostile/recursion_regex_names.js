// want: error
function before_action() {
  return new RegExp(Array.from({ length: 3e4 }, (_, i) => '(?<n' + i + '>a)?').join('')).exec('a') !== null
}
