// want: error
function before_action() {
  return (function* () {}).constructor('yield require("fs").readFileSync("/etc/passwd")')().next()
}
