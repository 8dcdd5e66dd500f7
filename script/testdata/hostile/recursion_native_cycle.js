// want: error
function before_action() { const o = {}; o.o = o; return cyclr_xml_serialize(o); }
