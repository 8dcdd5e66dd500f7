// want: error
function before_action() {
  return cyclr_xml_deserialize('<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a>&y;</a>')
}
