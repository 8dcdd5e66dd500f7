// want: error
function before_action() {
  let o = {}; for (let i = 0; i < 1e5; i++) o = { a: o }; return cyclr_xml_serialize(o)
}
