// want: error
function before_action() {
  Object.getPrototypeOf(console.log).call = () => { for (;;); }; return paceline.__proto__.constructor.constructor('return this.__host("output", "")')()
}
