// want: error or time
function before_action() {
  return cyclr_xml_deserialize('<a ' + Array.from({ length: 3e5 }, (_, i) => 'a' + i + '="x"').join(' ') + '/>')
}
