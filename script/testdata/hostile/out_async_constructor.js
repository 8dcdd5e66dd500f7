// want: error
function before_action() {
  return (async () => {}).constructor('return process.env')()
}
