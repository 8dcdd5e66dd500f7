// want: error
function before_action() {
  return cyclr_xml_deserialize('<a>' + '<b>'.repeat(100000) + '</b>'.repeat(100000) + '</a>')
}
