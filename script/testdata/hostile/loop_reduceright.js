// want: time
function before_action() {
  Array.prototype.reduceRight.call({ length: 2 ** 53 - 1 }, (a) => a)
}
