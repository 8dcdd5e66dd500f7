// want: error
function before_action() { return cyclr_xml_deserialize('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY y "&x;&x;">]><a>&y;</a>'); }
