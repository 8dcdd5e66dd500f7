// want: time
function before_action() {
  return [...'a'.repeat(200).matchAll(/(a*)*c/g)].length
}
